import type { IndexProgress } from '../types';
import { ask, byId } from './ask';

const fields = byId('begin-fields', HTMLFieldSetElement);
const line = byId('begin-progress', HTMLProgressElement);
const says = byId('begin-says', HTMLParagraphElement);

/** Sets up the offer to index photos, for where there is no index yet. */
export function prepareBegin(done: (skipped: string) => void): void {
  const begin = async (folder?: string) => {
    fields.disabled = true;
    line.removeAttribute('value');
    says.textContent = 'Getting the model ready …';
    try {
      const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ folder }) };
      let job = await ask<IndexProgress>('api/index', { method: 'POST', ...json });
      while (job.state === 'working') {
        await new Promise((resolve) => setTimeout(resolve, 200));
        job = await ask('api/index');
        const { done, total, note } = job;
        if (total !== undefined) [line.max, line.value] = [total, done];
        const count = total === undefined ? `${done} photos` : `${done} of ${total} photos`;
        if (done > 0) says.textContent = [count, note].filter(Boolean).join(', ');
      }
      says.textContent = job.note ?? '';
      done(job.state === 'done' && says.textContent ? `Not indexed: ${says.textContent}` : '');
    } catch (error) {
      says.textContent = (error as Error).message;
    }
    fields.disabled = false;
  };
  byId('begin-photos', HTMLButtonElement).onclick = () => void begin();
  byId('begin-own', HTMLFormElement).onsubmit = () => void begin(byId('folder', HTMLInputElement).value);
}
