/** Whether keys may travel to this address: by `https:`, or without leaving this machine. */
export function isSafeForKeys({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true
  return protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
