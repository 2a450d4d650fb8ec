export interface WorkspaceFile {
  name: string;
  text: string;
}

/** The data of the document `workspaces/{id}`. */
export interface WorkspaceData {
  id: string;
  name: string;
  files: Record<string, WorkspaceFile>;
}
