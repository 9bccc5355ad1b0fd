import { escapeHtml } from '../lib/html';

/**
 * A whole HTML page that needs no other file and follows the reader's light or dark theme.
 *
 * @param title a text
 * @param content the page's markup below its heading
 */
export function htmlPage(title: string, content: string): string {
  const name = escapeHtml(title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${name}</title>
</head>
<body style="max-width:880px;margin:32px auto;padding:0 16px;font:16px/1.5 system-ui,sans-serif">
<h1 style="font-size:26px;overflow-wrap:break-word">${name}</h1>
${content}
</body>
</html>
`;
}
