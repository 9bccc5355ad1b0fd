import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, type TestContext } from 'node:test';

/** An empty folder that is gone after the test `t`; without one, after all tests of the file that calls this at its top. */
export function temporaryFolder(t?: TestContext): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'workshop-test-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  if (t) t.after(remove);
  else after(remove);
  return folder;
}
