/**
 * Where GitHub Codespaces shows a port to the codespace's owner; undefined elsewhere.
 * @param {number} port
 */
export function codespaceAddress(port) {
  const { CODESPACE_NAME: name, GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: domain } = process.env;
  return name && domain ? new URL(`https://${name}-${port}.${domain}`) : undefined;
}
