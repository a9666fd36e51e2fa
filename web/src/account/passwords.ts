/** Characters that a new password has at least; see `check_password`. */
const LEAST = 10;

/** What a form asks of a new password before the server does; `message` says that it is too short. */
export function longEnough(message: string): { min: number; message: string } {
  return { min: LEAST, message };
}
