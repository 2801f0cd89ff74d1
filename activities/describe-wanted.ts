import { cancellationSignal } from '@temporalio/activity';
import type { DescribedObject } from '../domain/describe.ts';
import { didYouMean, quote } from '../domain/did-you-mean.ts';
import type { Finding } from '../domain/examination.ts';
import { describeAll, lacksObject } from './describe-objects.ts';
import type { ExamineContext, ExaminePorts } from './examine-context.ts';

/** Describes objects whether or not a job reads them, without their picklist values, which are most of their bytes. */
export async function describeWanted({ ports, api, connectionId }: ExamineContext, names: readonly string[]) {
  const objects: DescribedObject[] = [];
  const findings: Finding[] = [];
  for (const name of names) {
    try {
      const { describes } = await describeAll(ports, api, connectionId, [name]);
      objects.push(
        ...describes.map((object) => ({
          ...object,
          fields: object.fields.map(({ picklistValues: _values, ...field }) => field),
        })),
      );
    } catch (error) {
      if (!lacksObject(error)) throw error;
      findings.push({
        severity: 'error',
        job: '',
        path: [],
        message: await unknownObjectText(ports, connectionId, name),
      });
    }
  }
  return { objects, findings };
}

export async function unknownObjectText(ports: ExaminePorts, connectionId: string, object: string): Promise<string> {
  const known = await ports.listObjects(connectionId, cancellationSignal());
  return `The org has no object ${quote(object)} that the authorized user may see.${didYouMean(object, known)}`;
}
