-- Whether a file in results/ is of any row.
create index result_file on result (file);
create index heat_map_file on heat_map (file);
