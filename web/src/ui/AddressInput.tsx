import { Input, type InputProps } from "antd";
import { type KeyboardEvent, useEffect, useEffectEvent, useState } from "react";
import { useAhead } from "./useAhead";

const PAUSE = 250;

interface Props extends Pick<InputProps, "id" | "type" | "max" | "prefix" | "className"> {
  /** What is read where nothing is typed, and by ear. */
  label?: string;
  longest?: number;
  /** As the address says it. */
  value: string;
  say: (text: string) => void;
  /** Hears of Enter, once the address knows what is typed. */
  enter?: (text: string, event: KeyboardEvent) => void;
}

/**
 * A field for a part of the address: it shows each letter at once, and tells the address once whoever types has
 * paused, and never of what he is still composing, as one does in Chinese.
 */
export function AddressInput({ label, longest = 80, value, say, enter, ...more }: Props) {
  const [composing, setComposing] = useState(false);
  const { text, write, tell, untold } = useAhead(value, say, composing);
  const waiting = untold && !composing;
  const due = useEffectEvent(() => tell(text));
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever goes on typing has not paused
  useEffect(() => {
    if (!waiting) return;
    const timer = setTimeout(due, PAUSE);
    return () => clearTimeout(timer);
  }, [waiting, text]);
  return (
    <Input
      type="search"
      {...more}
      allowClear={more.type === undefined}
      maxLength={longest}
      {...(label !== undefined && { "aria-label": label, placeholder: label })}
      value={text}
      onChange={({ target }) => write(target.value)}
      onBlur={() => tell(text)}
      onCompositionStart={() => setComposing(true)}
      onCompositionEnd={() => setComposing(false)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
        tell(text);
        enter?.(text, event);
      }}
    />
  );
}
