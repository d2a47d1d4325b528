const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** `an hour`, `7 days`: a span in words, rounded as people would. */
function inWords(seconds) {
  const [minutes, hours, days] = [seconds / minute, seconds / hour, seconds / day].map(Math.round)
  const months = Math.round(seconds / (30.44 * day))
  const years = Math.round(seconds / (365.25 * day))
  if (seconds < 45) return 'a few seconds'
  if (minutes <= 1) return 'a minute'
  if (minutes < 45) return `${minutes} minutes`
  if (hours <= 1) return 'an hour'
  if (hours < 22) return `${hours} hours`
  if (days <= 1) return 'a day'
  if (days < 26) return `${days} days`
  if (months <= 1) return 'a month'
  if (months < 11) return `${months} months`
  return years <= 1 ? 'a year' : `${years} years`
}

/** In other languages as the browser has it, which is a little less like people talk. */
function inLanguage(seconds, language) {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  const units = [
    ['year', 365.25 * day],
    ['month', 30.44 * day],
    ['day', day],
    ['hour', hour],
    ['minute', minute],
  ]
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= 0.9 * length) return format.format(Math.round(seconds / length), unit)
  }
  return format.format(seconds, 'second')
}

/** `in an hour`, `7 days ago`. */
export function timeAgo(time, now = new Date()) {
  const seconds = Math.round((time.getTime() - now.getTime()) / 1000)
  const language = document.documentElement.lang
  if (language !== '' && !language.startsWith('en')) return inLanguage(seconds, language)
  return seconds > 0 ? `in ${inWords(seconds)}` : `${inWords(-seconds)} ago`
}

/** Shows every `<time>` of the page relative to now, and keeps them current. */
export function showTimesRelative(root = document) {
  const update = () => {
    for (const element of root.querySelectorAll('time[datetime]')) {
      const time = new Date(element.dateTime)
      if (Number.isNaN(time.getTime())) continue
      element.textContent = timeAgo(time)
      element.title = time.toLocaleString()
    }
  }
  update()
  setInterval(update, 30_000)
}
