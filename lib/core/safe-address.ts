/** Whether a URL leads to this machine, where plain http shows nothing to anybody: `localhost`, 127.0.0.0/8, `[::1]`. */
export function isLoopback({ hostname }: Pick<URL, 'hostname'>): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** Whether keys and other secrets may travel to a URL: by https, or without leaving this machine. */
export function isSafeForKeys(url: Pick<URL, 'protocol' | 'hostname'>): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}
