import { lazy } from "react";
import { Scene } from "../shell/Scene";
import { ownTags, type Version } from "./kinds";
import { useRights } from "./queries";
import { TagList } from "./TagList";

const TagChanges = lazy(() => import("./TagChanges"));

/** The tags of a version; whoever may change it takes some away and adds others in place. */
export function TagEditor({ version }: { version: Version }) {
  const { writes } = useRights(version.project);
  const list = <TagList tags={ownTags(version)} />;
  if (!writes) return list;
  return (
    <Scene waiting={list}>
      <TagChanges version={version} />
    </Scene>
  );
}
