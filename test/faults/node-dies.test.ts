import { after, before, test } from 'node:test';
import { startThreeNodes, type ThreeNodes } from '../support/three-nodes';
import { killNodes, type Victims } from './kill-nodes';

let cluster: ThreeNodes;
before(async () => {
  cluster = await startThreeNodes();
});
after(() => {
  cluster.stop();
});

const rounds: Victims[] = [
  { duringUpload: 'primary', duringSearch: 'replica' },
  { duringUpload: 'cluster manager', duringSearch: 'primary' },
  { duringUpload: 'replica', duringSearch: 'cluster manager' },
  { duringUpload: 'primary', duringSearch: 'cluster manager' },
  { duringUpload: 'cluster manager', duringSearch: 'replica' },
];
for (const [round, victims] of rounds.entries()) {
  test(
    `round ${round + 1}: the node with the ${victims.duringUpload} dies in the middle of an upload, the one with the ${victims.duringSearch} of searching`,
    { timeout: 600_000 },
    (t) => killNodes(t, cluster, victims),
  );
}
