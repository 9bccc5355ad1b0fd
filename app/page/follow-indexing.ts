import type { IndexProgress } from '../types';
import { ask, byId } from './ask';

const fields = byId('begin-fields', HTMLFieldSetElement);
const line = byId('begin-progress', HTMLProgressElement);
const says = byId('begin-says', HTMLParagraphElement);

/** Shows how far the indexing is, whoever started it, until it ends. @returns whether any was under way */
export async function followIndexing(begun: Promise<IndexProgress>): Promise<boolean> {
  let job = await begun;
  byId('more', HTMLFormElement).hidden = job.isForbidden === true;
  fields.disabled = job.state === 'working';
  const isUnderWay = fields.disabled;
  line.removeAttribute('value');
  if (isUnderWay) says.textContent = 'Getting the model ready …';
  try {
    while (job.state === 'working') {
      await new Promise((resolve) => setTimeout(resolve, 200));
      job = await ask('api/index');
      const { done, total, note } = job;
      if (total !== undefined) [line.max, line.value] = [total, done];
      const count = total === undefined ? `${done} photos` : `${done} of ${total} photos`;
      if (done > 0) says.textContent = [count, note].filter(Boolean).join(', ');
    }
  } catch (error) {
    says.textContent = ''; // the server does not answer, or another call follows
    throw error;
  } finally {
    fields.disabled = false;
  }
  const what = job.state === 'failed' ? 'Indexing stopped' : isUnderWay && 'Problems';
  if (what) says.textContent = job.note ? `${what}: ${job.note}` : '';
  return isUnderWay;
}
