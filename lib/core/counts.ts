/** `1 domain`, `60 domains`, `1,000 domains`. */
export function count(amount: number, noun: string): string {
  return `${number(amount)} ${noun}${amount === 1 ? '' : 's'}`
}

/** `12,000`. */
export function number(amount: number): string {
  return amount.toLocaleString('en-US')
}
