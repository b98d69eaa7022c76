/** The steps cannot run as loops over columns of this type; the message says what is in the way, as `explain()` prints it. */
export class NotLowered extends Error {}
