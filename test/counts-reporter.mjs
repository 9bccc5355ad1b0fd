/**
 * A reporter for Node's test runner: how many tests passed, failed and were skipped, as JSON. Suites are not counted,
 * since their tests are.
 *
 * @param {AsyncIterable<{ type: string, data: any }>} events
 */
export default async function* testCounts(events) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite' && type === 'test:pass') continue;
    if (data.skip !== undefined || data.todo !== undefined) counts.skipped += 1;
    else if (type === 'test:pass') counts.passed += 1;
    else counts.failed += 1;
  }
  yield JSON.stringify(counts);
}
