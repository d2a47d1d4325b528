/** The revision of upstream's schema that this hub reads and writes. */
export const HEAD_REVISION = 'f460b0348206'
