import { PhotoSearchError } from '../errors';

/**
 * A user or password from a URI. Text without `%` and two hex digits is taken as it is; other text is percent-decoded.
 *
 * @throws PhotoSearchError, without `text`, if only a part of it is percent-encoded
 */
export function percentDecoded(text: string): string {
  if (!/%[0-9a-f]{2}/i.test(text)) return text;
  try {
    if (!/[\s#/?@"<>]/.test(text)) return decodeURIComponent(text);
  } catch {
    // A `%` that is not encoded, or bytes that are not UTF-8.
  }
  throw new PhotoSearchError(
    "The user or password in the service URI is ambiguous: it has '%' and two hex digits, as if percent-encoded, but also " +
      'characters that are not: percent-encode every special character (# as %23, % as %25, @ as %40, …).',
  );
}
