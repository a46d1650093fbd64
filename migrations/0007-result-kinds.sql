-- More kinds of results, and one result in several SOP classes of which a destination gets one.

alter table result drop constraint result_kind_check;
alter table result add constraint result_kind_check check (kind in ('SR', 'SC', 'KOS', 'GSPS', 'PDF'));

-- The result that this one stands in for where a peer does not take its SOP class; itself owed to nobody.
alter table result add column alternative_of text references result (sop_instance_uid)
  check (alternative_of <> sop_instance_uid);
create index result_alternative on result (alternative_of) where alternative_of is not null;

-- A study that was not analysed has results too: a page that says so.
alter table result alter column analysis_id drop not null;
