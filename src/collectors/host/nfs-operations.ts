function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

const version2 = words(`Null GetAttr SetAttr Root Lookup ReadLink Read WrCache Write Create Remove Rename Link SymLink
  MkDir RmDir ReadDir FsStat`);
const version3 = words(`Null GetAttr SetAttr Lookup Access ReadLink Read Write Create MkDir SymLink MkNod Remove RmDir
  Rename Link ReadDir ReadDirPlus FsStat FsInfo PathConf Commit`);

/** The operations of the kernel's NFS client in the order of its tables (fs/nfs/nfs*xdr.c), by version. */
export const nfsClientOperations: Readonly<Record<string, readonly string[]>> = {
  2: version2,
  3: version3,
  4: words(`Null Read Write Commit Open OpenConfirm OpenNoattr OpenDowngrade Close Setattr FsInfo Renew SetClientID
    SetClientIDConfirm Lock Lockt Locku Access Getattr Lookup LookupRoot Remove Rename Link Symlink Create Pathconf
    StatFs ReadLink ReadDir ServerCaps DelegReturn GetACL SetACL FsLocations ReleaseLockowner Secinfo FsidPresent
    ExchangeID CreateSession DestroySession Sequence GetLeaseTime ReclaimComplete GetDeviceInfo LayoutGet LayoutCommit
    LayoutReturn SecinfoNoName TestStateID FreeStateID GetDeviceList BindConnToSession DestroyClientID Seek Allocate
    DeAllocate LayoutStats Clone`),
};

/** Of the server: by the numbers of RFC 7530, of which 0 to 2 are none; node_exporter leaves 23 and 24 out. */
export const nfsServerOperations: Readonly<Record<string, readonly (string | undefined)[]>> = {
  2: [undefined, ...version2.slice(1)],
  3: [undefined, ...version3.slice(1)],
  4: [
    ...Array.from({ length: 3 }, () => undefined),
    ...words(`Access Close Commit Create DelegPurge DelegReturn GetAttr GetFH Link Lock Lockt Locku Lookup LookupRoot
      Nverify Open OpenAttr OpenConfirm OpenDgrd PutFH`),
    undefined,
    undefined,
    ...words(`Read ReadDir ReadLink Remove Rename Renew RestoreFH SaveFH SecInfo SetAttr SetClientID SetClientIDConfirm
      Verify Write RelLockOwner`),
  ],
};
