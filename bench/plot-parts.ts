import sharp from 'sharp';
import { escapeHtml } from '../lib/html';

/** Okabe and Ito's colours, which people with any kind of colour vision tell apart; then a dark grey. */
export const plotColours = ['#D55E00', '#0072B2', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#444444'];

/** @returns a PNG, drawn at twice its size; its text needs a sans-serif font on the machine that draws it */
export function drawPlot(width: number, height: number, content: string): Promise<Buffer> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="14" fill="#222">` +
    `<rect width="${width}" height="${height}" fill="#fff"/>${content}</svg>`;
  return sharp(Buffer.from(svg), { density: 144 }).png({ palette: true }).toBuffer();
}

export function plotText(x: number, y: number, content: string, anchor = 'start', weight = 'normal'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-weight="${weight}">${escapeHtml(content)}</text>`;
}

/** Text along a vertical axis. */
export function verticalText(x: number, y: number, content: string): string {
  return `<text transform="translate(${x} ${y}) rotate(-90)" text-anchor="middle">${escapeHtml(content)}</text>`;
}
