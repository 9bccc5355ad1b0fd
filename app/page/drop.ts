import { ask } from './ask';
import { likeDropped } from './chips';
import { byId } from './element';

/** Sets up the three ways to search with a photo of one's own: drop it, paste it, or choose it. */
export function prepareDrop(failed: (error: unknown) => void): void {
  const hint = byId('drop-here', HTMLDivElement);
  const file = byId('file', HTMLInputElement);
  const take = async (photo?: File) => {
    if (!photo) return;
    const body = new FormData();
    body.append('photo', photo);
    try {
      const { drop } = await ask<{ drop: string }>('api/like', { method: 'POST', body });
      likeDropped(drop, photo);
    } catch (error) {
      failed(error);
    }
  };
  byId('choose', HTMLButtonElement).onclick = () => file.click();
  file.onchange = () => void take(file.files?.[0]).then(() => (file.value = ''));
  document.onpaste = ({ clipboardData }) => void take(clipboardData?.files[0]);
  document.ondragover = (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    hint.hidden = false;
  };
  document.ondragleave = ({ relatedTarget }) => {
    if (relatedTarget === null) hint.hidden = true;
  };
  document.ondrop = (event) => {
    event.preventDefault();
    hint.hidden = true;
    void take(event.dataTransfer?.files[0]);
  };
}
