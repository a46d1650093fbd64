-- From the first byte of an instance on its destination may hold it, whatever it answered, and also when whoever sent it
-- was killed before the answer.
alter table delivery
  -- Since when it may hold the result, or one that stands in for it, without having said that it took it.
  add column offered_at timestamptz;

-- What was offered in doubt before this was kept.
update delivery set offered_at = owed_at
where state not in ('sent', 'confirmed', 'unconfirmed')
  and (under_way or losses > 0 or exists (
    select from delivery_answer where delivery_id = delivery.id and question = 'store' and reason_code in
      ('ASSOCIATION_ABORTED', 'PEER_SILENT', 'PEER_NOT_UNDERSTOOD', 'HTTP_FAILURE', 'INTERNAL')));

-- Which results destinations hold, or may hold. What is under way just now is not known yet, until its lease ends.
create view holding as
  select coalesce(sent_result_id, result_id) as result_id, destination from delivery
  where state in ('sent', 'confirmed', 'unconfirmed')
  union all
  select result_id, destination from delivery
  where offered_at is not null and (not under_way or due_at is null or due_at <= now())
  union all
  select alternative.id, destination from delivery
    join result as owed on owed.id = delivery.result_id
    join result as alternative on alternative.alternative_of = owed.sop_instance_uid
  where offered_at is not null and (not under_way or due_at is null or due_at <= now());
