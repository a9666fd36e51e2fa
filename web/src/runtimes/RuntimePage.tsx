import { ArtifactVersions } from "../artifacts/ArtifactVersions";
import { inShort } from "./facts";

export default function RuntimePage() {
  return <ArtifactVersions kind="runtime" fact={inShort} />;
}
