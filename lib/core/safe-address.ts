/** Parses a URL; null if `text` is not one. */
export function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null
}

/** Whether a URL points to this machine, where plain http exposes nothing: `localhost`, 127.0.0.0/8, `[::1]`. */
export function isLoopback({ hostname }: Pick<URL, 'hostname'>): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** Whether keys and other secrets may be sent to a URL: over https, or without leaving this machine. */
export function isSafeForKeys(url: Pick<URL, 'protocol' | 'hostname'>): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}
