import { ask } from './ask';
import { byId } from './element';
import { droppedPictures } from './chips';

/** Sets up the three ways to search with a photo of one's own: drop it, paste it, or choose it. */
export function prepareDrop(took: (drop: string) => void, failed: (error: unknown) => void): void {
  const hint = byId('drop-here', HTMLDivElement);
  const file = byId('file', HTMLInputElement);
  const take = async (files?: Iterable<File> | null) => {
    const [photo] = files ?? [];
    if (!photo) return;
    const body = new FormData();
    body.append('photo', photo);
    try {
      const { drop } = await ask<{ drop: string }>('api/like', { method: 'POST', body });
      droppedPictures.set(drop, URL.createObjectURL(photo));
      took(drop);
    } catch (error) {
      failed(error);
    }
  };
  byId('choose', HTMLButtonElement).onclick = () => {
    file.click();
  };
  file.onchange = () => void take(file.files).then(() => (file.value = ''));
  document.onpaste = ({ clipboardData }) => void take(clipboardData?.files);
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
    void take(event.dataTransfer?.files);
  };
}
