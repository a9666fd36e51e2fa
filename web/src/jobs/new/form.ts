import type { Told } from "./Field";
import type { Order } from "./order";

/** What every part of the form is given. */
export interface FormProps {
  project: string;
  order: Order;
  change: (part: Partial<Order>) => void;
  /** What is wrong with a field. */
  told: (field: string) => Told;
}
