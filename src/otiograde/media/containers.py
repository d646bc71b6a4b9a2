"""Containers that are opened, by name. All of them hold their own media; none names another file or an address.

FFmpeg also reads playlists and scripts: HLS, concat, DASH, SDP, IMF, VobSub. These read whatever file they name, so a
stranger's "movie" could show any file of the reader's. They are left out here, and so are devices and generators.
"""

from __future__ import annotations

import re
from pathlib import Path

from otiograde.errors import MediaError

_VIDEO = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mxf,avi,mpegts,mpegtsraw,mpeg,mpegvideo,m4v,h261,h263,h264,hevc,vvc,evc,av1,"
    "obu,ivf,dv,dnxhd,dirac,vc1,vc1test,cavsvideo,avs2,avs3,apv,asf,asf_o,flv,live_flv,kux,gxf,lxf,nut,ogg,rm,wtv,nsv,"
    "nuv,pva,ty,dhav,yuv4mpegpipe,mjpeg,mjpeg_2000,smjpeg,apng,gif,jpegxl_anim,webp_anim,flic,cine,r3d,ser,fits,swf,vivo"
)
_AUDIO = (
    "wav,w64,aiff,caf,au,mp3,aac,ac3,eac3,ac4,dts,dtshd,truehd,mlp,flac,ape,wv,tta,tak,mpc,mpc8,amr,amrnb,amrwb,loas,"
    "dsf,iff,iamf,oma,sox,voc,ircam,nistsphere,spdif,s337m,daud,gsm,qcp,shn,aptx,aptx_hd,sbc,rso,avr"
)
_IMAGE = (
    "image2,ico,bmp_pipe,cri_pipe,dds_pipe,dpx_pipe,exr_pipe,gem_pipe,gif_pipe,hdr_pipe,j2k_pipe,jpeg_pipe,jpegls_pipe,"
    "jpegxl_pipe,jpegxs_pipe,pam_pipe,pbm_pipe,pcx_pipe,pfm_pipe,pgm_pipe,pgmyuv_pipe,pgx_pipe,phm_pipe,photocd_pipe,"
    "pictor_pipe,png_pipe,ppm_pipe,psd_pipe,qdraw_pipe,qoi_pipe,sgi_pipe,sunrast_pipe,tiff_pipe,vbn_pipe,webp_pipe,"
    "xbm_pipe,xpm_pipe,xwd_pipe"
)

#: FFmpeg's names of the containers that are opened.
CONTAINERS = f"{_VIDEO},{_AUDIO},{_IMAGE}"

#: FFmpeg's names of the protocols that are used.
PROTOCOLS = "file,pipe"

#: FFmpeg's options before an input that a stranger may have made.
GUARD = ("-protocol_whitelist", PROTOCOLS, "-format_whitelist", CONTAINERS)

#: Bytes at the start of a file in which a playlist shows.
_HEAD = 4096

#: What FFmpeg's probes look for: at the start of a file, or anywhere before its first zero byte. A file with one of
#: these is refused even if it is valid media too: another version of FFmpeg may take it for a playlist.
_STARTS = ((rb"\s*#EXTM3U", "an HLS playlist"), (rb"\s*ffconcat", "a concat script"), (rb"# VobSub", "a VobSub index"))
_MARKS = ((rb"<MPD\b", "a DASH manifest"), (rb"<CompositionPlaylist\b", "an IMF playlist"), (rb"^c=IN IP", "SDP"))


def playlist_kind(head: bytes) -> str:
    r"""Return the kind of playlist that begins with ``head``; empty for other files.

    >>> playlist_kind(b"#EXTM3U\n#EXT-X-VERSION:3\n"), playlist_kind(b"\0\0\0\x20ftypisom")
    ('an HLS playlist', '')
    """
    text = head.removeprefix(b"\xef\xbb\xbf").partition(b"\0")[0]
    for pattern, kind in _STARTS:
        if re.match(pattern, text, re.IGNORECASE):
            return kind
    return next((kind for pattern, kind in _MARKS if re.search(pattern, text, re.IGNORECASE | re.MULTILINE)), "")


def check_playlist(path: Path) -> None:
    """Raise ``MediaError`` if a file is a playlist. Raises ``OSError`` if it cannot be read."""
    with path.open("rb") as file:
        kind = playlist_kind(file.read(_HEAD))
    if kind:
        raise refers(path, kind)


def refers(path: Path, kind: str) -> MediaError:
    """Make the error for a file that is of this ``kind``, and reads other files."""
    return MediaError(f"{path}: is {kind}, which reads other files: name the media itself, or convert it", refers=True)
