import { SearchOutlined } from "@ant-design/icons";
import { AddressInput } from "./AddressInput";

interface Props {
  label: string;
  search: string;
  show: (search: string) => void;
  longest?: number;
}

/** Looks for what is typed, which the address says. */
export function SearchInput({ label, search, show, longest = 80 }: Props) {
  return (
    <AddressInput
      label={label}
      longest={longest}
      prefix={<SearchOutlined aria-hidden />}
      value={search}
      say={show}
      className="search"
    />
  );
}
