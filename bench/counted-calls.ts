import type { Connection } from '@temporalio/client';
import type { Pool } from '../adapters/postgres/pool.ts';

type Wrap = (key: string | symbol, call: () => unknown) => unknown;

/** The same object, each call of whose methods goes through `wrap`. */
const wrapped = <T extends object>(target: T, wrap: Wrap): T =>
  new Proxy(target, {
    get(of, key): unknown {
      const value: unknown = Reflect.get(of, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => wrap(key, (): unknown => Reflect.apply(value, of, args));
    },
  });

/** Returns the pool, telling of every statement that goes through it or one of its clients. */
export function countedPool(pool: Pool, onStatement: () => void): Pool {
  const wrap: Wrap = (key, call) => {
    if (key === 'query') onStatement();
    const answer = call();
    return key === 'connect' ? (answer as Promise<object>).then((client) => wrapped(client, wrap)) : answer;
  };
  return wrapped(pool, wrap);
}

/** Returns the connection, telling of every request to the server by its method, such as `updateSchedule`. */
export function countedConnection(connection: Connection, onRequest: (method: string) => void): Connection {
  const service = wrapped(connection.workflowService, (key, call) => {
    onRequest(String(key));
    return call();
  });
  const same = wrapped(connection, (_key, call) => call());
  return new Proxy(same, {
    get: (of, key): unknown => (key === 'workflowService' ? service : Reflect.get(of, key)),
  });
}
