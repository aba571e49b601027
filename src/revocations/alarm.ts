/** A pause that can be cut short. A ring while nobody pauses cuts the next pause short. */
export function createAlarm() {
  let rung = false
  let stop: (() => void) | null = null

  return {
    ring: (): void => {
      rung = true
      stop?.()
    },

    async pause(ms: number): Promise<void> {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms)
          stop = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      stop = null
      rung = false
    },
  }
}
