export default {
  by: "changed by {{who}}, {{when}}",
  hide: "Hide “{{name}}”",
  hideHint: "Left out of your list, in this browser",
  name: "Name",
  prefer: "Make “{{name}}” the default",
  preferHint: "Shown to everybody who has not chosen another",
  unpreferHint: "The default; press to have none",
  remove: "Delete",
  removeOne: "Delete “{{name}}”",
  removeSure: "Delete “{{name}}” for everybody?",
  rename: "Rename “{{name}}”",
  taken: "This name is taken already.",
};
