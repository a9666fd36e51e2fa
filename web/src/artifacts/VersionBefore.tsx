import { useSuspenseQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useList } from "../api/lists";
import { before, type Kind } from "./kinds";
import { historyQuery, versionQuery } from "./queries";

interface Props {
  of: { kind: Kind; project: string; name: string };
  /** The later of the two. */
  to: string;
  choose: (version: string) => void;
}

/** Offers to compare a version with the one before it. */
export default function VersionBefore({ of: { kind, project, name }, to, choose }: Props) {
  const { t } = useTranslation();
  const { data: later } = useSuspenseQuery(versionQuery(kind, project, name, to));
  const { items } = useList(historyQuery(kind, project, name, false));
  const found = before(later.seq, items);
  if (!found) return null;
  return (
    <Button type="primary" onClick={() => choose(found.version)}>
      {t("artifacts.diff.withBefore", { seq: String(found.seq) })}
    </Button>
  );
}
