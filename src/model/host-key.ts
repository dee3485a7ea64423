/** A host's public key, as the server shows it. */
export interface HostKey {
  /** `ssh-ed25519`, … as the key names itself. */
  readonly type: string;
  /** `SHA256:` and base64, as OpenSSH prints it. */
  readonly fingerprint: string;
}

/** A host key that the operator vouches for; a fingerprint alone does not say its type. */
export interface HostKeyPin {
  readonly type: string | undefined;
  readonly fingerprint: string;
}
