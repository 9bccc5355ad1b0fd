import { writeFileSync } from 'node:fs';

const file = process.env.TEST_COUNTS_FILE ?? '';

/**
 * A reporter for Node's test runner: how many tests passed, failed and were skipped, and the names of those that failed,
 * as JSON in the file TEST_COUNTS_FILE. Suites are not counted, since their tests are. Written again after each test,
 * since the runner does not wait for its reporters when it is told to end with the last test (--test-force-exit).
 *
 * @param {AsyncIterable<{ type: string, data: any }>} events
 */
// eslint-disable-next-line require-yield -- it prints nothing
export default async function* testCounts(events) {
  /** @type {{ passed: number, failed: number, skipped: number, failures: string[] }} */
  const counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite' && type === 'test:pass') continue;
    if (data.skip !== undefined || data.todo !== undefined) counts.skipped += 1;
    else if (type === 'test:pass') counts.passed += 1;
    else {
      counts.failed += 1;
      counts.failures.push(`${data.file ?? ''}: ${data.name}`);
    }
    writeFileSync(file, JSON.stringify(counts));
  }
}
