import { after, before, test } from 'node:test';
import { killNodes } from './faults/kill-nodes';
import { startThreeNodes, type ThreeNodes } from './support/three-nodes';

let cluster: ThreeNodes;
before(async () => {
  cluster = await startThreeNodes();
});
after(() => {
  cluster.stop();
});

// Five times, with other nodes: npm run test:faults
test('of three nodes one dies in the middle of an upload and one of searching: nothing acknowledged is lost, the upload ends complete, searches go on', (t) =>
  killNodes(t, cluster, { duringUpload: 'primary', duringSearch: 'replica' }));
