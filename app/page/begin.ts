import type { IndexProgress } from '../types';
import { ask, byId } from './ask';

const fields = byId('begin-fields', HTMLFieldSetElement);
const line = byId('begin-progress', HTMLProgressElement);
const says = byId('begin-says', HTMLParagraphElement);

/** Says how far photos are indexed, whoever began it, until that ends. @returns whether it was under way */
export async function followIndexing(begun: Promise<IndexProgress>): Promise<boolean> {
  let job = await begun;
  fields.disabled = job.state === 'working';
  if (!fields.disabled) return false;
  line.removeAttribute('value');
  says.textContent = 'Getting the model ready …';
  while (job.state === 'working') {
    await new Promise((resolve) => setTimeout(resolve, 200));
    job = await ask('api/index');
    const { done, total, note } = job;
    if (total !== undefined) [line.max, line.value] = [total, done];
    const count = total === undefined ? `${done} photos` : `${done} of ${total} photos`;
    if (done > 0) says.textContent = [count, note].filter(Boolean).join(', ');
  }
  fields.disabled = false;
  says.textContent = job.note ? `${job.state === 'failed' ? 'Indexing stopped' : 'Not indexed'}: ${job.note}` : '';
  return true;
}
