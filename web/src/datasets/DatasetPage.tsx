import { ArtifactVersions } from "../artifacts/ArtifactVersions";
import { BuildButton } from "./BuildButton";
import { useRowsTold } from "./facts";

export default function DatasetPage() {
  return <ArtifactVersions kind="dataset" actions={<BuildButton />} fact={useRowsTold()} />;
}
