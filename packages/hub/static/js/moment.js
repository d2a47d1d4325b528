import { timeAgo } from './time-ago.js'

const two = (number) => String(number).padStart(2, '0')

const parts = {
  YYYY: (date) => String(date.getFullYear()),
  MM: (date) => two(date.getMonth() + 1),
  DD: (date) => two(date.getDate()),
  HH: (date) => two(date.getHours()),
  mm: (date) => two(date.getMinutes()),
  ss: (date) => two(date.getSeconds()),
}

/** The part of moment.js that scripts of customised pages use: it shows when something was. */
export function moment(time = new Date()) {
  const date = time instanceof Date ? time : new Date(time)
  const itself = {
    isValid: () => !Number.isNaN(date.getTime()),
    fromNow: () => timeAgo(date),
    format: (pattern) =>
      pattern === undefined
        ? date.toLocaleString()
        : pattern.replace(/YYYY|MM|DD|HH|mm|ss/g, (part) => parts[part](date)),
    toISOString: () => date.toISOString(),
    toDate: () => date,
    valueOf: () => date.getTime(),
    local: () => itself,
    utc: () => itself,
  }
  return itself
}

moment.utc = moment
