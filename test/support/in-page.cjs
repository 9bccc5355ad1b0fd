// @ts-nocheck -- runs in a browser's page, whose types this project does not load
// What browser tests measure in a page: `page.addInitScript({ path })` puts it there as `inPage`.
window.inPage = (() => {
  /** [red, green, blue, alpha], each 0 to 1, of a colour as getComputedStyle gives it. */
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
    const scale = colour.startsWith('color(') ? 1 : 255;
    return [r / scale, g / scale, b / scale, a];
  };
  const over = ([r, g, b, a], [x, y, z]) => [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a), 1];
  // Relative luminance and contrast ratio: WCAG 2.2.
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  /** The colour behind an element's text: its own and its parents' backgrounds, the lowest opaque one first. */
  const backdrop = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = parse(getComputedStyle(at).backgroundColor);
      if (layer[3] > 0) layers.push(layer);
      if (layer[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [1, 1, 1, 1]);
  };
  const progress = [];
  const opacity = (element) => {
    let all = 1;
    for (let at = element; at; at = at.parentElement) all *= Number(getComputedStyle(at).opacity);
    return all;
  };

  return {
    /** Every text below `root` with its contrast ratio, 1 to 21. */
    contrasts(root) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const found = [];
      while (walker.nextNode()) {
        const text = walker.currentNode.data.trim();
        if (!text) continue;
        const element = walker.currentNode.parentElement;
        const behind = backdrop(element);
        const [r, g, b, a] = parse(getComputedStyle(element).color);
        const front = over([r, g, b, a * opacity(element)], behind);
        found.push({ text, ratio: contrast(front, behind) });
      }
      return found;
    },

    /** Place and size of each tile below `root` and of the picture in it, in CSS pixels. */
    tiles(root) {
      return [...root.querySelectorAll('figure')].map((figure) => {
        const { x, y, width, height } = figure.getBoundingClientRect();
        const picture = (figure.querySelector('img') ?? figure.firstElementChild).getBoundingClientRect();
        return {
          ...{ x, y, width, height },
          picture: { width: picture.width, height: picture.height, x: picture.x - x },
          text: figure.textContent,
          overflow: figure.scrollWidth - figure.clientWidth,
        };
      });
    },

    /** In pixels; 0 if it can't be shown. */
    async widthWhenLoaded(image) {
      await image.decode().catch(() => undefined);
      return image.naturalWidth;
    },

    /** What each progress bar showed since `watchProgress`, in order. */
    progressSeen() {
      return progress;
    },

    /** From now on, notes what the progress bars show. */
    watchProgress() {
      new MutationObserver(() => {
        for (const bar of document.querySelectorAll('[role=progressbar]')) {
          const line = `${bar.getAttribute('aria-valuenow')}: ${bar.parentElement.textContent}`;
          if (!progress.includes(line)) progress.push(line);
        }
      }).observe(document.body, { subtree: true, childList: true, attributes: true });
    },
  };
})();
