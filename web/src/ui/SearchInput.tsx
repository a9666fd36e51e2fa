import { SearchOutlined } from "@ant-design/icons";
import { Input } from "antd";
import { useEffect, useState } from "react";

const PAUSE = 250;

interface Props {
  label: string;
  search: string;
  show: (search: string) => void;
  autoFocus?: boolean;
}

/** Asks once whoever types has paused. */
export function SearchInput({ label, search, show, autoFocus = false }: Props) {
  const [typed, setTyped] = useState(search);
  useEffect(() => {
    if (typed === search) return;
    const timer = setTimeout(() => show(typed), PAUSE);
    return () => clearTimeout(timer);
  });
  return (
    <Input
      type="search"
      allowClear
      autoFocus={autoFocus}
      maxLength={80}
      prefix={<SearchOutlined aria-hidden />}
      aria-label={label}
      placeholder={label}
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
      className="search"
    />
  );
}
