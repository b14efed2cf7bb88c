"""Where a value comes from: settings and profiles, the files of other clients, regions and addresses."""
