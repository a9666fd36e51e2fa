import { Scene } from "../../shell/Scene";
import { AdminFrame } from "../AdminFrame";
import { Figures } from "./Figures";
import { Findings } from "./Findings";

export default function HealthPage() {
  return (
    <AdminFrame room="health">
      <Scene>
        <Figures />
      </Scene>
      <Scene>
        <Findings />
      </Scene>
    </AdminFrame>
  );
}
