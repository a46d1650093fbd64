-- HL7 messages and rejection notes are results too. A message has no SOP class, series or transfer syntax: private,
-- derived UIDs stand in their place.
alter table result drop constraint result_kind_check;
alter table result add constraint result_kind_check
  check (kind in ('SR', 'SC', 'KOS', 'GSPS', 'PDF', 'ORU', 'REJECTION'));

-- Of each model's analyses of a study one is current: the newest.
alter table analysis add column current boolean not null default false;
update analysis set current = true where id in (select max(id) from analysis group by study_id, model_id);
create unique index analysis_current on analysis (study_id, model_id) where current;

-- On a person's word: what a model sent is withdrawn.
create table recall (
  id bigint generated always as identity primary key,
  model_id text not null,
  model_version text not null,
  -- Analyses that ended from one time until before the other.
  analysed_from timestamptz not null,
  analysed_until timestamptz not null,
  -- DCM code of the rejection notes' title, PS3.16 CID 7011.
  title text not null,
  reanalyse boolean not null,
  recalled_at timestamptz not null default now(),
  check (analysed_from < analysed_until)
);

alter table result
  -- Something newer speaks in its place: an analysis, or (null) a page that says that there is none.
  add column superseded_at timestamptz,
  add column superseded_by bigint references analysis,
  -- The rejection note that says so to those that have it; the recall behind it, if it was one.
  add column rejected_by text references result (sop_instance_uid),
  add column recall_id bigint references recall;
create index result_current on result (study_id) where superseded_at is null;
create index result_to_reject on result (id)
  where rejected_by is null and (superseded_at is not null or recall_id is not null);
create index result_rejected on result (rejected_by) where rejected_by is not null;

-- What is superseded or recalled before it was sent is withdrawn.
alter table delivery
  drop constraint delivery_state,
  drop constraint delivery_reason,
  add constraint delivery_state
    check (state in ('owed', 'sent', 'confirmed', 'unconfirmed', 'refused', 'held', 'withdrawn')),
  add constraint delivery_reason
    check (reason_code is not null or state not in ('unconfirmed', 'refused', 'held', 'withdrawn'));
-- Who holds a result, or the one that was sent in its stead.
create index delivery_holding on delivery ((coalesce(sent_result_id, result_id)))
  where state in ('sent', 'confirmed', 'unconfirmed');
