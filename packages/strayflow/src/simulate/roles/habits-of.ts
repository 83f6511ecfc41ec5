import { unreachable } from "../../base/errors.ts";
import type { Habit } from "../habits/habit.ts";
import type { Scene } from "../scene.ts";
import { laptop, workstation } from "./people.ts";
import { backupServer, domainController, fileServer, gateway, mailServer, webServer } from "./servers.ts";
import { phone, printer, thing } from "./things.ts";

/** Everything that the scene's host does again and again. */
export function habitsOf(scene: Scene): readonly Habit[] {
  const { role } = scene.host;
  switch (role) {
    case "gateway":
      return gateway(scene);
    case "domain-controller":
      return domainController(scene);
    case "file-server":
      return fileServer(scene);
    case "mail-server":
      return mailServer(scene);
    case "web-server":
      return webServer(scene);
    case "backup-server":
      return backupServer(scene);
    case "workstation":
      return workstation(scene);
    case "laptop":
      return laptop(scene);
    case "phone":
      return phone(scene);
    case "printer":
      return printer(scene);
    case "iot":
      return thing(scene);
    default:
      return unreachable(role);
  }
}
