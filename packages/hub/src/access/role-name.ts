const ROLE_NAME = /^[a-z][a-z0-9\-_~.]{1,253}[a-z0-9]$/

/** 3 to 255 characters: lower-case letters, digits and `- _ . ~`; a letter first, a letter or digit last. */
export const isRoleName = (name: string): boolean => ROLE_NAME.test(name)
