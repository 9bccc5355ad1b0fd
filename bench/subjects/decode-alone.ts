// Half of the ceiling: files to the model's input, and nothing else.
import { readClipInput } from '../../lib/model/clip-input';
import { mapAhead } from '../../lib/photo/map-ahead';
import { readPixels } from '../../lib/pixels';
import { readTask, report, timed } from './measure';

async function main(): Promise<void> {
  const { model, photos } = readTask();
  const input = await readClipInput(model);
  const loading = await timed(() => readPixels(photos[0] ?? '', input));
  const { seconds, cpuSeconds } = await timed(async () => {
    const pixels = mapAhead(photos, (photo) => readPixels(photo, input), { ahead: 16 });
    while (!(await pixels.next()).done);
  });
  report({ loadSeconds: loading.seconds, photos: { seconds, cpuSeconds } });
}

void main();
