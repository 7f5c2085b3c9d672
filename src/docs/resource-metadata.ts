import { Router } from 'express';
import { methodNotAllowed } from '../http/method-not-allowed';

/** Where the metadata of a resource without a path lies, RFC 9728 §3. */
export const RESOURCE_METADATA_PATH = '/.well-known/oauth-protected-resource';

/** What the metadata says, RFC 9728 §2. */
export interface ResourceMetadata {
  /** The API's base URL, which is its resource identifier. */
  readonly resource: string;
  /** The issuer of its tokens. */
  readonly authorizationServer: string;
  /** Qualified scopes. */
  readonly scopes: readonly string[];
  readonly documentation: string;
}

/** `GET /.well-known/oauth-protected-resource`. */
export function resourceMetadataRouter(metadata: ResourceMetadata): Router {
  const document = {
    resource: metadata.resource,
    authorization_servers: [metadata.authorizationServer],
    scopes_supported: metadata.scopes,
    bearer_methods_supported: ['header'],
    resource_documentation: metadata.documentation,
  };
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route(RESOURCE_METADATA_PATH)
    .get((_req, res) => void res.json(document))
    .all(methodNotAllowed(['GET']));
  return router;
}
