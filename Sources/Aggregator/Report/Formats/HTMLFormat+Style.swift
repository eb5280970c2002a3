extension HTMLFormat {
    /// Colours have a contrast of at least 4.5 to 1 with what they stand on (WCAG 2.2, 1.4.3). Narrow screens get a
    /// row's cells below each other, paper gets no shades and all details open.
    static let style = """
        :root{color-scheme:light}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:76rem;padding:1rem;font:16px/1.5 system-ui,sans-serif;color:#1b1b1f;
        background:#fff}
        h1{font-size:1.6rem;margin:0 0 .5rem}
        h2{font-size:1.25rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0 0 .25rem}
        h1 span,h3 span{font-weight:400;color:#4a4a52}
        p{margin:.25rem 0;overflow-wrap:anywhere}
        code,pre{font-family:ui-monospace,monospace;font-size:.875rem}
        pre{background:#f3f3f6;padding:.75rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0}
        b.fatal,b.danger,b.warning,b.info,b.none{display:inline-block;padding:0 .5rem;border-radius:.25rem;color:#fff}
        b.fatal{background:#6d0f14}b.danger{background:#b3261e}b.warning{background:#7a5200}
        b.info{background:#1f4e79}b.none{background:#5a5a63}
        .counts{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;padding:0;margin:.75rem 0}
        .incidents{list-style:none;padding:0;margin:0}
        .incidents>li{border-left:.35rem solid #5a5a63;padding:.5rem 0 .5rem .75rem;
        margin:0 0 .75rem;overflow-wrap:anywhere}
        .incidents>li.fatal{border-color:#6d0f14}.incidents>li.danger{border-color:#b3261e}
        .incidents>li.warning{border-color:#7a5200}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.125rem .75rem;margin:.25rem 0}
        dt{color:#4a4a52}dd{margin:0;overflow-wrap:anywhere}
        summary{cursor:pointer;padding:.25rem 0}summary:focus-visible{outline:2px solid #1f4e79}
        details ul{margin:.25rem 0;padding-left:1.25rem;overflow-wrap:anywhere}
        table{border-collapse:collapse;width:100%;font-size:.9rem}
        th{text-align:left;background:#f3f3f6;white-space:nowrap}b{white-space:nowrap}
        th,td{padding:.35rem .5rem;border-bottom:1px solid #d0d0d6;vertical-align:top;overflow-wrap:break-word}
        td:last-child{overflow-wrap:anywhere}
        @media (max-width:48rem){
        thead{position:absolute;clip-path:inset(50%);height:1px;width:1px;overflow:hidden}
        table,tbody,tr,td{display:block}tr{border-bottom:2px solid #d0d0d6;padding:.25rem 0}
        td{border:0;padding:.1rem 0}td::before{content:attr(data-label) ": ";color:#4a4a52;font-size:.8rem}
        dl{grid-template-columns:1fr}
        }
        @media print{body{max-width:none;padding:0;font-size:10pt}h2,h3{break-after:avoid}
        tr,.incidents>li{break-inside:avoid}
        b.fatal,b.danger,b.warning,b.info,b.none{background:none;color:#000;border:1px solid #000}
        details::details-content{content-visibility:visible;height:auto}}
        """
}
