import { ArtifactVersions } from "../artifacts/ArtifactVersions";
import { useHandlersTold } from "./counts";

export default function ModelPage() {
  return <ArtifactVersions kind="model" fact={useHandlersTold()} />;
}
