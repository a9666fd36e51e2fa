import { Select } from "antd";
import type { Kind } from "./kinds";
import { useVersions } from "./useVersions";

interface Props {
  of: { kind: Kind; project: string; name: string };
  label: string;
  value: string;
  choose: (version: string) => void;
}

/** Chooses one version of a name. */
export default function VersionSelect({ of, label, value, choose }: Props) {
  const { versions, select } = useVersions(of);
  const meant = versions.find(({ version, tags }) => version.startsWith(value) || tags.includes(value));
  return (
    <Select
      {...select}
      className="version"
      aria-label={label}
      prefix={<span className="faint">{label}</span>}
      value={value ? (meant?.version ?? value) : null}
      onChange={choose}
    />
  );
}
