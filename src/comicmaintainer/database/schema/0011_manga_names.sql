-- The manga preset's template carries the volume now. What was stored before goes on naming files as
-- it did: saved jobs, and jobs and previews that are still there, get the old template written out.
UPDATE job_templates SET params = json_set(params, '$.template', '{series} - Chapter {issue}')
WHERE kind IN ('process', 'rename') AND json_valid(params)
    AND coalesce(json_extract(params, '$.preset'), json_extract(params, '$.rules.preset')) = 'manga'
    AND coalesce(json_extract(params, '$.template'), json_extract(params, '$.rules.template')) IS NULL;
UPDATE jobs SET params = json_set(params, '$.template', '{series} - Chapter {issue}')
WHERE kind IN ('process', 'rename') AND json_valid(params)
    AND coalesce(json_extract(params, '$.preset'), json_extract(params, '$.rules.preset')) = 'manga'
    AND coalesce(json_extract(params, '$.template'), json_extract(params, '$.rules.template')) IS NULL;
UPDATE jobs SET params = json_set(params, '$.params.template', '{series} - Chapter {issue}')
WHERE kind = 'rehearse' AND json_valid(params)
    AND json_extract(params, '$.kind') IN ('process', 'rename')
    AND coalesce(
        json_extract(params, '$.params.preset'), json_extract(params, '$.params.rules.preset')
    ) = 'manga'
    AND coalesce(
        json_extract(params, '$.params.template'), json_extract(params, '$.params.rules.template')
    ) IS NULL;
