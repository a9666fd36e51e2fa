import type { message } from "antd";
import { createContext, use } from "react";

export type Messages = ReturnType<typeof message.useMessage>[0];

export const MessagesContext = createContext<Messages | null>(null);

/** Tells in passing what has happened. */
export function useMessages(): Messages {
  const messages = use(MessagesContext);
  if (!messages) throw new Error("there is nobody to tell it to");
  return messages;
}
