import type { TestContext } from 'node:test';

const atStart = { ...process.env };

/** Sets a variable of the environment, or takes it away, until the test ends. */
export function setEnv(t: TestContext, name: string, value: string | undefined): void {
  const set = (to: string | undefined) => {
    if (to === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = to;
  };
  set(value);
  t.after(() => set(atStart[name]));
}
