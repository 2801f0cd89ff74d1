import http from 'node:http';

/** Times that all pages are read; of each page the best time counts, since other programs only ever slow it down. */
export const PASSES = 7;

/** One line to the server, kept; to be destroyed at the end. */
export const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

export interface Reply {
  readonly bytes: number;
  readonly headers: http.IncomingHttpHeaders;
}

/** Reads a body and throws it away. */
function drain(
  url: string,
  headers: Record<string, string>,
): Promise<{ bytes: number; headers: http.IncomingHttpHeaders }> {
  return new Promise((done, failed) => {
    http
      .get(url, { agent, headers }, (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => (bytes += chunk.length));
        response.on('end', () =>
          response.statusCode === 200
            ? done({ bytes, headers: response.headers })
            : failed(new Error(`${url} answered ${String(response.statusCode)}.`)),
        );
        response.on('error', failed);
      })
      .on('error', failed);
  });
}

export interface Speed {
  readonly seconds: number;
  readonly bytes: number;
}

/**
 * Reads all pages several times and adds up the fastest time of each: on a machine that does other things too, whole passes
 * measure the others.
 */
export async function best(
  pass: (read: (url: string, headers: Record<string, string>) => Promise<Reply>) => Promise<void>,
): Promise<Speed> {
  const fastest: Speed[] = [];
  for (let time = 0; time < PASSES; time += 1) {
    let page = 0;
    await pass(async (url, headers) => {
      const started = performance.now();
      const reply = await drain(url, headers);
      const seconds = (performance.now() - started) / 1000;
      const known = fastest[page];
      if (known === undefined || seconds < known.seconds) fastest[page] = { seconds, bytes: reply.bytes };
      page += 1;
      return reply;
    });
  }
  return fastest.reduce((sum, one) => ({ seconds: sum.seconds + one.seconds, bytes: sum.bytes + one.bytes }), {
    seconds: 0,
    bytes: 0,
  });
}

/** MiB a second. */
export const rate = ({ bytes, seconds }: Speed): number => bytes / 2 ** 20 / seconds;
