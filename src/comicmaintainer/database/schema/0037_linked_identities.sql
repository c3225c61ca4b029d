-- What the provider called the person when the identity was added; NULL for those of earlier versions.
ALTER TABLE identities ADD COLUMN name TEXT;
-- The user who began this to be linked with whom the provider names; NULL for a sign-in.
ALTER TABLE openid_sign_ins ADD COLUMN user_id INTEGER;
